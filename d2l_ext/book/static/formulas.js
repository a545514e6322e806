// Formulas are set once the explorers in sight are alive. One wider than the page scrolls within itself, and so does
// a table that formulas have made wider: let the keyboard reach such a one, and no other.
MathJax.startup = {
  async pageReady() {
    await window.explorersShown;
    await MathJax.startup.defaultPageReady();
    const scrolling = "mjx-container[display='true'], .pst-scrollable-table-container";
    const reach = new ResizeObserver((sized) => {
      for (const { target } of sized) target.tabIndex = target.scrollWidth > target.clientWidth ? 0 : -1;
    });
    for (const place of document.querySelectorAll(scrolling)) reach.observe(place);
  },
};
