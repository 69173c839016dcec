"""The commands of `nevus`: one file each, with `add_parser(subparsers)`."""
