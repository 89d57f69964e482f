# terraform_data reads back what the state says: an edit of the state is absorbed drift.
"$1" state pull | sed 's/"b1"/"other"/g; s/"team": "x"/"team": "y"/g; s/"serial": [0-9]*/"serial": 99/' > edited.json
"$1" state push -force edited.json > /dev/null
rm edited.json
