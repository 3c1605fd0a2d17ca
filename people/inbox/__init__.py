"""The inbox: what others did that a person wants to know, in the app and by web push."""
