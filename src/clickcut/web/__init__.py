"""The annotator: an opened folder's images, what was cut out of them, and the server that a page and scripts talk to."""
