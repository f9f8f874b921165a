"""Pages of the browser workbench: templates, plain ES modules, style sheets, texts."""
