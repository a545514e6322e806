// Formulas are set once the explorers in sight are alive. One wider than the page scrolls within itself: let the
// keyboard reach such a one, and no other.
MathJax.startup = {
  async pageReady() {
    await window.explorersShown;
    await MathJax.startup.defaultPageReady();
    const reach = new ResizeObserver((formulas) => {
      for (const { target } of formulas) target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
    });
    for (const formula of document.querySelectorAll("mjx-container[display='true']")) reach.observe(formula);
  },
};
