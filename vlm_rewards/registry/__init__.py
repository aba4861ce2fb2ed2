"""How rewards are declared, found and described."""
