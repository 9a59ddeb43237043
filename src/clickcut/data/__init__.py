"""Reading sets of images and masks, and making training samples of them: augmentation, crops, sampling."""
