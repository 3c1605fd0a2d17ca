"""What browsers, crawlers and link previews get: the web client's files, its page with a head per address, sitemaps."""
