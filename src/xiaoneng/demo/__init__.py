"""The fictional province 云岭省: causes are set here, figures emerge.

What is set: who offers what, how many people come, how long a step takes at the desk, when a desk is open,
which steps an item has, what is asked for although another body holds it, which day a reform reaches which
item. What is never set: a waiting time, a rate, a satisfaction. Those are measured afterwards, from the
log, with the code that measures any other log. ``docs/guides/demo-province.md`` tells the story; ``python
-m campaigns demo_baselines`` checks that the plan's baselines emerge.
"""
