"""Results for people: tables as text, Markdown and CSV, a plot, a page for the browser, and two runs side by side."""
