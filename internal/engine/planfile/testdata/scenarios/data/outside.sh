echo two > list.txt
