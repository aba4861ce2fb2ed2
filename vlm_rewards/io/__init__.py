"""Reading rows from files and writing scored rows."""
