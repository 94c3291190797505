"""How each upload client reads its command line and environment, one module a client. Nothing here runs a client."""
