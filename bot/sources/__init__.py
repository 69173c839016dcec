"""Where updates come from. Both sources write to the durable inbox before they acknowledge."""
