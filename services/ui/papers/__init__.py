"""Official papers: a form as data, laid out as PDF/A and as docx."""
