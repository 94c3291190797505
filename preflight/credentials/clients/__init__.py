"""One module an upload client: where it looks for a credential on a machine, and in which order. Nothing is run and nothing sent."""
