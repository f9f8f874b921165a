"""Public reference tables that come with the product, and the scripts that made them."""
