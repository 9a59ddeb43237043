"""An opened folder: its images, their pixels, and what the folder itself remembers."""
