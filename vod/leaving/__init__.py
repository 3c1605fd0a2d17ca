"""What `vod` does when somebody is hidden or erased."""
