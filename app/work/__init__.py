"""Work that takes several transactions, driven here for every interface: each calls services, and commits between."""
