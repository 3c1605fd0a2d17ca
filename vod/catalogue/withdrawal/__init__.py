"""What becomes of the files of videos that are hidden or deleted: here, on other nodes and at a CDN."""
