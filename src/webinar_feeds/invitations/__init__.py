"""Invitations: who is invited, what each of them is owed, and what they answered.

A wing with its own front door: nothing that builds or publishes knows it, and nothing that it holds
ever lies under the published folder (S1).
"""
