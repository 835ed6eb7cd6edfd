"""Door 1: words in, tables out. One file a noun, no rules inside; a command imports the services that it needs."""
