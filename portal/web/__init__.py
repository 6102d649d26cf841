"""HTML for people: what a page is asked, what it answers, and nothing decided in between."""
