"""Facts about built files: archives, wheels, sdists and their core metadata."""
