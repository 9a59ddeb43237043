"""What an image's work is at any time, and how it is kept on the disk."""
