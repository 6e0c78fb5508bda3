"""Three airports as machines: does the test for silent stalls find stops that nobody here made up?"""
