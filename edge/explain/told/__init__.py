"""What a person gets: words, sentences, pictures, and a folder that holds them."""
