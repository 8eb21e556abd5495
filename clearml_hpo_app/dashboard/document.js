// Draws the figures of the file, in the colours of the theme.
const themed = layout => {
  const style = getComputedStyle(document.documentElement);
  const colour = name => style.getPropertyValue(name).trim();
  const axes = Object.keys(layout).filter(name => /^[xy]axis/.test(name));
  const drawn = axes.map(name => [name, {gridcolor: colour('--grid'), ...layout[name]}]);
  return {
    ...layout,
    ...Object.fromEntries(drawn),
    paper_bgcolor: 'rgba(0,0,0,0)',
    font: {color: colour('--text'), family: 'system-ui, sans-serif'},
  };
};
// A halo in the colour of the ground around the ticks of parallel coordinates: Plotly's own is grey on a dark one.
const haloed = data => {
  const ground = getComputedStyle(document.documentElement).getPropertyValue('--ground').trim();
  const shadow = ['1px 1px', '-1px 1px', '1px -1px', '-1px -1px'].map(place => `${place} 1px ${ground}`).join(', ');
  return data.map(trace => (trace.type === 'parcoords' ? {...trace, tickfont: {...trace.tickfont, shadow}} : trace));
};
const draw = () => {
  for (const place of document.querySelectorAll('.figure')) {
    const figure = JSON.parse(document.getElementById(place.dataset.figure).textContent);
    Plotly.react(place, haloed(figure.data), themed(figure.layout), {displaylogo: false, responsive: true});
  }
};
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
draw();
