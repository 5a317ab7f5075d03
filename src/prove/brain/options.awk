# The options' values

# Options come from the command line of awk if they are numbers (see name_numbers in table.sh), else
# from the environment
BEGIN {
	o_timeout = ENVIRON["o_timeout"]
	o_seed = ENVIRON["o_seed"]
	o_shard = ENVIRON["o_shard"]
	o_plan = ENVIRON["o_plan"]
	o_filtered = ENVIRON["o_filter"] ENVIRON["o_tags"] ENVIRON["o_spec"] ENVIRON["o_no_spec"] != ""
	o_live = ENVIRON["E2E__LIVE"] + 0
}
