(function () {
  'use strict';
  var asked = new URLSearchParams(location.search).get('lang');
  if (asked === 'zh') { document.getElementById('in-chinese').checked = true; }
  function speak() {
    document.documentElement.lang = document.getElementById('in-chinese').checked ? 'zh-CN' : 'en';
  }
  document.querySelectorAll('.switch').forEach(function (radio) { radio.addEventListener('change', speak); });
  speak();

  var closed = [];
  window.addEventListener('beforeprint', function () {
    closed = Array.prototype.filter.call(document.querySelectorAll('details'), function (item) { return !item.open; });
    closed.forEach(function (item) { item.open = true; });
  });
  window.addEventListener('afterprint', function () { closed.forEach(function (item) { item.open = false; }); });

  function unfold() {
    var aimed = location.hash ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    if (aimed && aimed.tagName === 'DETAILS') { aimed.open = true; aimed.scrollIntoView(); }
  }
  window.addEventListener('hashchange', unfold);
  unfold();

  var box = document.getElementById('filter');
  var rows = document.querySelectorAll('.matrix tbody tr');
  box.parentElement.hidden = rows.length === 0;
  box.addEventListener('input', function () {
    var words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    var shown = 0;
    rows.forEach(function (row) {
      var text = row.textContent.toLowerCase();
      row.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
      if (!row.hidden) { shown += 1; }
    });
    document.getElementById('filtered').textContent = words.length ? shown + ' / ' + rows.length : '';
  });
}());
