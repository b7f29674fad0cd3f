"""Why a case waits: waiting and working time of every step, and waiting split into five causes.

The causes and their precedence follow K. Lashkevich, F. Milani, D. Chapela-Campa, I. Suvorau and M. Dumas,
"Why am I
waiting? Data-driven analysis of waiting times in business processes", CAiSE 2023; see
``docs/reference/waiting-causes.md``.
"""
