"""What needs no network: clicks, boxes, masks, simulated clicks, IoU curves, image files. NumPy, OpenCV and Pillow; no torch."""
