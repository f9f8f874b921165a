"""Plan folders that come with the product, and the scripts that made them."""
