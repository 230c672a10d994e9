(function () {
  'use strict';
  var asked = new URLSearchParams(location.search).get('lang');
  if (asked === 'zh') { document.getElementById('in-chinese').checked = true; }
  if (asked === 'en') { document.getElementById('in-english').checked = true; }
  function speak() {
    document.documentElement.lang = document.getElementById('in-chinese').checked ? 'zh-CN' : 'en';
  }
  document.querySelectorAll('.switch').forEach(function (radio) { radio.addEventListener('change', speak); });
  speak();
  function unfold() {
    var aimed = location.hash ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    if (aimed && aimed.tagName === 'DETAILS') { aimed.open = true; aimed.scrollIntoView(); }
  }
  window.addEventListener('hashchange', unfold);
  unfold();
  window.addEventListener('beforeprint', function () {
    document.querySelectorAll('details').forEach(function (item) { item.open = true; });
  });
}());
