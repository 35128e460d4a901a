"""Running Huiyin: the local installation, the command line, packs, demo data, images and benchmarks."""
