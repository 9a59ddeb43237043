"""Sets of the field: where they are published, and getting them onto this machine in the layout that their readers expect."""
