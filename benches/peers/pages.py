#!/usr/bin/env python3
"""The real pages of the README's size table: made of packages from npm and PyPI and the documentation of Rust.

    python3 benches/peers/pages.py FOLDER

installs into FOLDER what they need (and the peers that `measure.py` asks), serves the pages on loopback and prints their
addresses until Ctrl-C. Nothing outside FOLDER is written.
"""

import functools
import http.server
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request

STATIC, DJANGO, DATASETTE, JUPYTER = 8700, 8701, 8702, 8703
NPM = [
    "swagger-ui-dist", "element-plus", "vue@3", "@shoelace-style/shoelace", "todomvc",
    "agent-browser", "chrome-devtools-mcp", "@playwright/mcp",
]
PYPI = ["django", "datasette", "jupyterlab"]
CITIES = ["Oslo", "Bergen", "Turku", "Gdansk", "Lisbon", "Porto", "Lyon", "Basel", "Graz", "Brno"]


def install(folder):
    if not (folder / "node_modules").exists():
        skip = {"PUPPETEER_SKIP_DOWNLOAD": "1", "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"}
        (folder / "package.json").write_text('{"private": true}')
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", *NPM], cwd=folder, check=True,
                       env={**os.environ, **skip})
    if not (folder / "venv").exists():
        subprocess.run([sys.executable, "-m", "venv", "venv"], cwd=folder, check=True)
        subprocess.run(["venv/bin/pip", "--quiet", "install", *PYPI], cwd=folder, check=True)


def swagger(site):
    paths = {}
    for noun in ["order", "customer", "invoice", "parcel", "warehouse", "supplier", "coupon", "refund", "report"]:
        def operation(verb, words, noun=noun):
            return {"tags": [noun], "summary": f"{words} {noun}", "operationId": f"{verb}{noun}",
                    "responses": {"200": {"description": "done"}}}
        paths[f"/{noun}s"] = {"get": operation("list", "List every"), "post": operation("create", "Create a")}
        paths[f"/{noun}s/{{id}}"] = {"get": operation("read", "Read one"), "put": operation("replace", "Replace a"),
                                     "delete": operation("remove", "Remove a"), "patch": operation("change", "Change a")}
    schema = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
    spec = {"openapi": "3.0.0", "info": {"title": "Shop", "version": "1.2.0", "description": "Everything a shop does."},
            "paths": paths, "components": {"schemas": {noun: schema for noun in ["Order", "Customer", "Invoice"]}}}
    (site / "spec.json").write_text(json.dumps(spec))
    (site / "swagger.html").write_text("""<!doctype html><meta charset=utf-8><title>Shop API</title>
<link rel=stylesheet href=/node_modules/swagger-ui-dist/swagger-ui.css><div id=ui></div>
<script src=/node_modules/swagger-ui-dist/swagger-ui-bundle.js></script>
<script>SwaggerUIBundle({url: '/spec.json', dom_id: '#ui'})</script>""")


def element_plus(site):
    (site / "element.html").write_text("""<!doctype html><meta charset=utf-8><title>Element Plus</title>
<link rel=stylesheet href=/node_modules/element-plus/dist/index.css><div id=app></div>
<script src=/node_modules/vue/dist/vue.global.prod.js></script>
<script src=/node_modules/element-plus/dist/index.full.min.js></script>
<script type=module>
const cities = %s;
const rows = Array.from({length: 60}, (_, at) => ({id: at + 1, name: `Order ${at + 1}`, city: cities[at %% 10],
  paid: at %% 3 === 0, rate: at %% 5, count: at}));
const form = Array.from({length: 20}, (_, at) => ({label: `Field ${at + 1}`, value: `Value ${at + 1}`}));
Vue.createApp({
  data: () => ({rows, form, cities, tab: 'a', open: ['1'], picked: 'Oslo', day: '', steps: 2, page: 3, on: true, list: []}),
  template: `<h1>Orders</h1>
<el-menu mode="horizontal"><el-menu-item v-for="c of cities" :index="c">{{c}}</el-menu-item></el-menu>
<el-table :data="rows" row-key="id"><el-table-column type="selection"/><el-table-column prop="name" label="Name" sortable/>
<el-table-column label="City"><template #default="{row}"><el-select v-model="row.city"><el-option v-for="c of cities" :value="c" :label="c"/></el-select></template></el-table-column>
<el-table-column label="Paid"><template #default="{row}"><el-switch v-model="row.paid"/></template></el-table-column>
<el-table-column label="Rate"><template #default="{row}"><el-rate v-model="row.rate"/></template></el-table-column>
<el-table-column label="Count"><template #default="{row}"><el-input-number v-model="row.count"/></template></el-table-column>
<el-table-column label=""><template #default="{row}"><el-button>Edit</el-button><el-button type="danger">Remove</el-button></template></el-table-column></el-table>
<el-pagination v-model:current-page="page" :total="600" layout="prev,pager,next,jumper"/>
<el-form label-width="90px"><el-form-item v-for="f of form" :label="f.label"><el-input v-model="f.value" clearable/></el-form-item></el-form>
<el-tabs v-model="tab"><el-tab-pane name="a" label="First">One</el-tab-pane><el-tab-pane name="b" label="Second">Two</el-tab-pane></el-tabs>
<el-collapse v-model="open"><el-collapse-item v-for="c of cities" :title="c" :name="c">About {{c}}</el-collapse-item></el-collapse>
<el-checkbox-group v-model="list"><el-checkbox v-for="c of cities" :value="c" :label="c"/></el-checkbox-group>
<el-radio-group v-model="picked"><el-radio v-for="c of cities" :value="c">{{c}}</el-radio></el-radio-group>
<el-date-picker v-model="day" type="date" placeholder="Day"/><el-slider v-model="page"/><el-transfer :data="rows.map(r => ({key: r.id, label: r.name}))"/>`,
}).use(ElementPlus).mount('#app');
</script>""" % json.dumps(CITIES))


def shoelace(site):
    card = """<sl-card><div slot=header>Parcel N <sl-icon-button name=gear label="Settings of N"></sl-icon-button></div>
<sl-input label="Receiver" value="Person N"></sl-input><sl-select label="City" value="Oslo">%s</sl-select>
<sl-switch checked>Insured</sl-switch><sl-rating label="Rating" value=3></sl-rating>
<div slot=footer><sl-button variant=primary>Ship</sl-button> <sl-button>Hold</sl-button> <a href="/parcel/N">Details</a></div></sl-card>"""
    card %= "".join(f"<sl-option value={city}>{city}</sl-option>" for city in CITIES[:4])
    cards = "\n".join(card.replace("N", str(at)) for at in range(1, 121))
    (site / "shoelace.html").write_text(f"""<!doctype html><meta charset=utf-8><title>Parcels</title>
<link rel=stylesheet href=/node_modules/@shoelace-style/shoelace/cdn/themes/light.css>
<script type=module src=/node_modules/@shoelace-style/shoelace/cdn/shoelace.js></script><h1>Parcels</h1>{cards}""")


def todomvc(site):
    original = site / "node_modules/todomvc/examples/react"
    text = (original / "index.html").read_text()
    todos = [{"id": str(at), "title": f"Water the {CITIES[at]} plants", "completed": at == 1} for at in range(5)]
    seed = f"<script>localStorage.setItem('react-todos', {json.dumps(json.dumps(todos))})</script>"
    text = text.replace("<head>", "<head><base href=/node_modules/todomvc/examples/react/>" + seed)
    (site / "todomvc.html").write_text(text)


def rustdoc(site):
    found = subprocess.run(["rustup", "doc", "--path", "--std"], capture_output=True, text=True, check=True).stdout.strip()
    if not (site / "rust").exists():
        (site / "rust").symlink_to(pathlib.Path(found).parent.parent)


def django(folder):
    project = folder / "django"
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir()
    (project / "shop.py").write_text('''
import os, sys, django
from django.conf import settings
from django.urls import path
settings.configure(DEBUG=True, SECRET_KEY="x", ALLOWED_HOSTS=["*"], ROOT_URLCONF="shop", STATIC_URL="static/",
    INSTALLED_APPS=["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
        "django.contrib.sessions", "django.contrib.messages", "django.contrib.staticfiles"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "shop.Let", "django.contrib.messages.middleware.MessageMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {"context_processors":
        ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth", "django.contrib.messages.context_processors.messages"]}}],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.sqlite"}}, DEFAULT_AUTO_FIELD="django.db.models.AutoField")
django.setup()
from django.contrib import admin
from django.contrib.auth.models import User, Group
from django.contrib.auth.admin import UserAdmin
class Let:
    def __init__(self, get): self.get = get
    def __call__(self, request):
        request.user = User.objects.get(username="boss")
        return self.get(request)
class Users(UserAdmin):
    list_per_page = 200
    list_display = ["username", "email", "first_name", "last_name", "is_staff", "is_active"]
    list_editable = ["first_name", "last_name", "is_active"]
admin.site.unregister(User)
admin.site.register(User, Users)
urlpatterns = [path("admin/", admin.site.urls)]
if __name__ == "__main__":
    sys.modules["shop"] = sys.modules["__main__"]
    from django.core.management import call_command
    call_command("migrate", verbosity=0)
    if not User.objects.exists():
        User.objects.create_superuser("boss", "boss@example.com", "x")
        for at in range(190):
            User.objects.create(username=f"person{at:03}", email=f"p{at}@example.com", first_name=f"Ada{at}", last_name="Berg", is_staff=at % 7 == 0)
    call_command("runserver", "127.0.0.1:PORT", "--noreload", verbosity=0)
'''.replace("PORT", str(DJANGO)))
    return subprocess.Popen([folder / "venv/bin/python", "shop.py"], cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def datasette(folder):
    import sqlite3
    base = folder / "shop.db"
    base.unlink(missing_ok=True)
    with sqlite3.connect(base) as shop:
        shop.execute("create table customers (id integer primary key, name text)")
        shop.execute("create table orders (id integer primary key, customer integer references customers(id), city text, total real, note text)")
        shop.executemany("insert into customers values (?, ?)", [(at, f"Person {at}") for at in range(1, 41)])
        shop.executemany("insert into orders values (?, ?, ?, ?, ?)",
                         [(at, at % 40 + 1, CITIES[at % 10], at * 3.5, f"Leave at door {at}") for at in range(1, 901)])
    return subprocess.Popen([folder / "venv/bin/datasette", base, "-p", str(DATASETTE), "-h", "127.0.0.1"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def jupyter(folder):
    root = folder / "notebooks"
    root.mkdir(exist_ok=True)
    cells = [{"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": f"total = {at}\nprint(total)"} for at in range(8)]
    (root / "orders.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    state = {"JUPYTER_CONFIG_DIR": str(folder / "jupyter"), "JUPYTER_DATA_DIR": str(folder / "jupyter"), "IPYTHONDIR": str(folder / "jupyter")}
    return subprocess.Popen(
        [folder / "venv/bin/jupyter-lab", "--allow-root", "--no-browser", "--ip=127.0.0.1", f"--port={JUPYTER}", "--ServerApp.token=", "--ServerApp.password=", f"--notebook-dir={root}"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **state})


PAGES = {
    "swagger-ui": f"http://127.0.0.1:{STATIC}/swagger.html",
    "element-plus": f"http://127.0.0.1:{STATIC}/element.html",
    "shoelace": f"http://127.0.0.1:{STATIC}/shoelace.html",
    "rustdoc": f"http://127.0.0.1:{STATIC}/rust/std/vec/struct.Vec.html",
    "django": f"http://127.0.0.1:{DJANGO}/admin/auth/user/",
    "datasette": f"http://127.0.0.1:{DATASETTE}/shop/orders?_size=100",
    "jupyterlab": f"http://127.0.0.1:{JUPYTER}/lab",
    "todomvc": f"http://127.0.0.1:{STATIC}/todomvc.html",
}


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = pathlib.Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    install(folder)
    for write in [swagger, element_plus, shoelace, todomvc, rustdoc]:
        write(folder)
    started = [django(folder), datasette(folder), jupyter(folder)]
    try:
        serve = http.server.ThreadingHTTPServer(("127.0.0.1", STATIC), functools.partial(Quiet, directory=folder))
        threading.Thread(target=serve.serve_forever, daemon=True).start()
        for name, url in PAGES.items():
            for _ in range(120):
                try:
                    urllib.request.urlopen(url, timeout=10).read()
                    print(name, url, flush=True)
                    break
                except OSError:
                    time.sleep(0.5)
            else:
                raise SystemExit(f"{name}: nothing answers at {url}")
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        for process in started:
            process.terminate()


if __name__ == "__main__":
    main()
