"""Asset checks: is the run healthy?"""
