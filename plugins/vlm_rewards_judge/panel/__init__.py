"""What a judge is asked, how its verdict is read, and what several of them come to."""
