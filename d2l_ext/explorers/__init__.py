"""Live explorers: widgets in Jupyter, and the same views on a static page without a kernel.

A Python class compiles what it is given and holds traits; `live/` draws and listens. Neither knows any
mathematics of its own.
"""

from d2l_ext.explorers.adam import AdamExplorer
from d2l_ext.explorers.balancing import BalancingExplorer
from d2l_ext.explorers.chaos import ChaosExplorer
from d2l_ext.explorers.decay import DecayExplorer
from d2l_ext.explorers.descent import DescentExplorer
from d2l_ext.explorers.flow import FlowExplorer
from d2l_ext.explorers.grid import GridExplorer
from d2l_ext.explorers.inertia import InertiaExplorer
from d2l_ext.explorers.leaky import LeakyExplorer
from d2l_ext.explorers.online import OnlineExplorer
from d2l_ext.explorers.orbit import OrbitExplorer
from d2l_ext.explorers.rates import RateExplorer
from d2l_ext.explorers.regimes import RegimeExplorer
from d2l_ext.explorers.saddle import SaddleExplorer
from d2l_ext.explorers.sharpness import SharpnessExplorer
from d2l_ext.explorers.spectrum import SpectrumExplorer
from d2l_ext.explorers.trace import TraceExplorer
from d2l_ext.explorers.wells import WellsExplorer

__all__ = [
    "AdamExplorer",
    "BalancingExplorer",
    "ChaosExplorer",
    "DecayExplorer",
    "DescentExplorer",
    "FlowExplorer",
    "GridExplorer",
    "InertiaExplorer",
    "LeakyExplorer",
    "OnlineExplorer",
    "OrbitExplorer",
    "RateExplorer",
    "RegimeExplorer",
    "SaddleExplorer",
    "SharpnessExplorer",
    "SpectrumExplorer",
    "TraceExplorer",
    "WellsExplorer",
]
