"""The stages of ranking, each a plain function over arrays. `Model.page` lists them."""
