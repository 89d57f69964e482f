# What an interrupted create_before_destroy leaves in the state.
"$1" state pull | jq '.serial += 1 | .resources[0].instances += [.resources[0].instances[0] + {deposed: "deadbeef"}]' > edited.json
"$1" state push edited.json > /dev/null
rm edited.json
