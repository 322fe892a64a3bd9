r"""Words and LaTeX commands that speak for each subject: what `topics` knows before it has seen a labelled question.

Written from what the subjects are about, by hand; extracted from no benchmark and no data set. A word may speak for
several subjects. All are tokens as `topics` reads them: lower case, commands with their backslash, `f(` a letter
applied to something, `0_` a number with a base, `0!` a factorial, `\$` a sum of money in LaTeX, and the marks
`^ = % + _`, `<` (or `>`) and `$` (that of a formula).
"""

WORDS: dict[str, tuple[str, str]] = {
    "arithmetic": (
        """
        he she his her him buys bought sells sold pays paid spends spent earns earned costs store shop week weeks day
        days hours minutes money dollars cents apples cookies friends friend brother sister mother father kids
        children gives gave eats ate bakes left much altogether had school job salary
        """,
        """
        each every many total how more than twice half per if they their them after before still needs makes did does
        made wants takes took gets got went goes collects bag bags box boxes books pencils eggs toys cards cake pizza
        slices packs dozen car miles morning night month months year years old price discount hour rest then has class
        students
        """,
    ),
    "prealgebra": (
        r"""
        percent % average mean median mode decimal decimals round rounded nearest tenth hundredth thousandth fraction
        fractions lowest mixed ratio ratios proportion reciprocal sum quotient inches feet yards ounces pounds gallons
        cups liters meters centimeters kilometers \% \$ \div \times whole numeral estimate convert scale discount tax
        tip sale price cents nickels dimes quarters pennies chart table survey mph inch foot pound cent
        """,
        r"""
        simplify evaluate compute common multiple factor prime square root perimeter area rectangle rectangular
        degrees angle angles miles hour hours minutes speed rate how many much number numbers divided product
        difference greater less each total equal fewer students class team games triangle circle sides shaded length
        width he she his her costs buy bought weighs $ \frac \cdot \text \circ asy temperature negative data graph
        """,
    ),
    "algebra": (
        r"""
        solve equation equations linear quadratic slope intercept intercepts parabola vertex expand factor expression
        variable variables system inequality interval notation domain range inverse midpoint exponent piecewise varies
        \lfloor \rfloor \lceil \rceil compounded annually invested interest consecutive inversely directly f( g( h(
        geometric arithmetic rationalize denominator discriminant
        """,
        r"""
        x y z a b c m k n f g h = ^ < + $ \$ \frac \sqrt value values real number satisfy satisfies if find what \le
        \ge \left \right \text \log square rational evaluate simplify form sum product function functions cases
        sequence series root roots integer integers age speed positive negative degree \infty ordered pair graph line
        lines point points coordinates axis plane constant constants term terms solution solutions percent
        """,
    ),
    "intermediate_algebra": (
        r"""
        polynomial polynomials roots zeros complex hyperbola ellipse foci focus directrix asymptote asymptotes real
        coefficients coefficient monic degree cubic quartic maximum minimum minimize maximize nonnegative satisfying
        recursion recursively recurrence telescoping \omega \sum \prod conic quintic rational irreducible conjugate
        functional oblique multiplicities vieta p( q( \dots \cdots bounded converges symmetric cyclic inequality
        separated commas
        """,
        r"""
        x y z a b c d p q n k f f( = ^ < + _ $ \frac \sqrt satisfy satisfies such that all let for find determine root
        numbers constants function functions positive largest smallest possible value values enter list distinct
        expression \infty \left \right integers integer terms system equation equations \log parabola sequence
        remainder \lfloor \rfloor divided align partial vertical horizontal \ldots quotient graph compute
        """,
    ),
    "precalculus": (
        r"""
        \sin \cos \tan \cot \sec \csc \arcsin \arccos \arctan \theta \phi \alpha \beta \gamma vector vectors matrix
        matrices pmatrix bmatrix vmatrix \mathbf \vec \operatorname polar rectangular spherical cylindrical projection
        cross dot determinant sine cosine tangent trigonometric amplitude period phase radians rotation rotated
        reflection parameterized parametric identity direction orthogonal \cis cis \proj proj det inverse invertible
        norm scalar \sinh \ln \rho \lim \overrightarrow
        """,
        r"""
        \pi \circ ^ = $ \frac \sqrt \left \right interval plane angle angles line unit circle smallest positive
        degrees t i e z \infty \begin \end compute simplify function graph complex origin axis \times \cdot parallel
        perpendicular components space dimensional enter for all such that triangle points value coordinates find let
        """,
    ),
    "geometry": (
        r"""
        triangle triangles circle circles rectangle square trapezoid parallelogram rhombus quadrilateral polygon
        pentagon hexagon octagon regular radius diameter circumference chord arc sector tangent inscribed
        circumscribed circumcircle incircle incenter circumcenter centroid orthocenter altitude median hypotenuse leg
        legs isosceles equilateral scalene right acute obtuse congruent similar bisector bisects perpendicular
        parallel midpoint perimeter area volume surface lateral sphere spheres cone cylinder cube prism pyramid
        tetrahedron frustum hemisphere vertices side sides diagonal diagonals face faces edges edge angle angles
        segment segments \triangle \angle \overline \cong \parallel \perp ° shaded concentric collinear pythagorean
        """,
        r"""
        length lengths height base width point points intersect intersects meet plane units unit cubic inches
        centimeters cm feet degrees measure measures ab bc ac cd ad de ef abc abcd abe def pqr xyz o \pi \sqrt \circ
        line lines interior exterior drawn diagram shown distance asy draw $
        """,
    ),
    "counting_and_probability": (
        r"""
        probability chance ways way arrange arranged arrangements arrangement choose chosen chooses committee
        committees permutation permutations combinations random randomly dice die rolled rolls roll coin coins flipped
        flips heads tails deck cards card suit drawn draws replacement marbles balls urn distinguishable
        indistinguishable seated sit row seats expected \binom \dbinom binom likely independent event events outcomes
        outcome selected select subsets subset paths path 0! choices license plates lottery bernoulli handshakes
        sample fair spinner independently equally
        """,
        r"""
        how many different distinct possible least exactly person people team teams club member members letters letter
        digits red blue green white black boys girls order pick picks picked contains win wins game $ expressed common
        fraction
        """,
    ),
    "number_theory": (
        r"""
        remainder remainders divisible divides divisor divisors multiple multiples modulo mod \pmod \equiv \mod gcd
        lcm \gcd \lcm greatest least prime primes composite factorization factors digit digits units base congruent
        relatively coprime perfect cube squares palindrome residue euclidean totient fibonacci bases hexadecimal
        binary ones tens hundreds decimal repeating terminating terminates 0_ odd even consecutive leaves
        """,
        r"""
        integer integers positive smallest largest number numbers sum product divided when dividing common factor
        proper whole natural n such that 0! ^ $ represent written between inclusive squared power powers inverse
        """,
    ),
}
"""Of each subject, the words that are telling, and those that are merely more frequent there."""
