"""Explanations beside the live service: a queue, a process that may die without harm, and what they say."""
