rm a.txt each-9dd4e461268c8034f5c8564e155c67a6.txt
