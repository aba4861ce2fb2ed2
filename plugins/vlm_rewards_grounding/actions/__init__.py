"""What GUI agents do: the names of their actions, how they write one, and how data writes the right one."""
