"""The programme packs that come with the product."""
