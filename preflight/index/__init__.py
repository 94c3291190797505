"""What the outside knows: package indexes and GitHub, asked read-only and only with `--online`. The only room that opens sockets."""
