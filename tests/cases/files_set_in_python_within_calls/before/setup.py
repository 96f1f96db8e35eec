import setuptools

DEBUG = False

setuptools.setup(
    name="shop",
    summary="A shop",  # one line
    python_requires=">=3.9",
    # until pytest runs them
    test_suite="tests",
    install_requires=[
        "django",
    ],
)
