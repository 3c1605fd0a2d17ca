"""What came of ads: reported by advertisers' servers, or done here."""
